/** The file system that holds `/home`, from the text of /proc/self/mountinfo (proc_pid_mountinfo(5)). */
export interface Mount {
  point: string;
  type: string;
  options: string[];
}

export function mountOf(path: string, mountinfo: string): Mount | null {
  let best: Mount | null = null;
  for (const line of mountinfo.split('\n')) {
    const [before = '', after = ''] = line.split(' - ');
    const point = before.split(' ')[4]?.replaceAll('\\040', ' ');
    const [type = '', , superOptions = ''] = after.split(' ');
    if (point === undefined) continue;
    const holds = point === '/' || path === point || path.startsWith(`${point}/`);
    if (holds && point.length >= (best?.point.length ?? 0)) {
      best = {
        point,
        type,
        options: [...(before.split(' ')[5] ?? '').split(','), ...superOptions.split(',')],
      };
    }
  }
  return best;
}

/** Null when the kernel counts per user on this mount, else why not. */
export function quotaProblem(mount: Mount | null): string | null {
  if (mount === null) return 'The file system of /home was not found.';
  const on = mount.options.some((option) => /^(usrquota|uquota|quota|usrjquota=.+)$/.test(option));
  if (on) return null;
  if (mount.type === 'ext4' || mount.type === 'xfs')
    return `The file system of ${mount.point} is mounted without quotas. Add usrquota to its options in /etc/fstab.`;
  return `The file system of /home (${mount.type}) keeps no quotas per user.`;
}
