import { describe, expect, it } from 'vitest';
import { mountOf, quotaProblem } from './home-mount.js';
import { isOff, parseQuota } from './quota.js';

const mountinfo = [
  '25 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw,errors=remount-ro',
  '30 25 254:16 / /home rw,relatime shared:2 - ext4 /dev/vdb rw,quota,usrquota,grpquota',
  '31 25 0:40 / /homeless rw - tmpfs tmpfs rw',
].join('\n');

describe('disk quota', () => {
  it('asks the file system that really holds the homes', () => {
    expect(mountOf('/home', mountinfo)?.point).toBe('/home');
    expect(mountOf('/home', mountinfo.split('\n')[0] ?? '')?.point).toBe('/');
    expect(mountOf('/homeless/x', mountinfo)?.type).toBe('tmpfs');
  });

  it('says in plain words why it cannot be held', () => {
    expect(quotaProblem(mountOf('/home', mountinfo))).toBeNull();
    expect(quotaProblem(mountOf('/', mountinfo))).toContain('mounted without quotas. Add usrquota');
    expect(quotaProblem(mountOf('/homeless', mountinfo))).toContain('tmpfs');
  });

  it('reads what quota(1) prints, the star of an exceeded limit included', () => {
    const text =
      'Disk quotas for user alice (uid 20000): \n     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n          /home    1025*   1024    1024       0       7       0       0       0\n';
    expect(parseQuota(text, '/home')).toEqual({ bytes: 1025 * 1024, inodes: 7 });
    expect(parseQuota('Disk quotas for user bob (uid 20001): none\n', '/home')).toEqual({
      bytes: 0,
      inodes: 0,
    });
  });

  it('is not taken for held where the mount has the option and nobody has switched it on', () => {
    const setquota = 'setquota: Cannot open quotafile /home/aquota.user: No such file or directory\n';
    expect(isOff(setquota)).toBe(true);
    expect(isOff('setquota: Not all specified mountpoints are using quota.\n')).toBe(true);
    expect(isOff('setquota: Cannot set quota for user 20000: Operation not permitted\n')).toBe(false);
    const other =
      'Disk quotas for user alice (uid 20000): \n     Filesystem  blocks   quota   limit   grace   files   quota   limit   grace\n          /backup    1025   1024    1024       0       7       0       0       0\n';
    expect(parseQuota(other, '/home')).toBeNull();
  });
});
