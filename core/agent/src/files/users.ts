import { readFile } from 'node:fs/promises';

export interface PasswdEntry {
  name: string;
  uid: number;
  gid: number;
  comment: string;
  home: string;
  shell: string;
}

/** The local users, from the text of passwd(5). Directory services are left out: the agent manages local users only. */
export function parsePasswd(text: string): PasswdEntry[] {
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid, comment, home, shell] = line.split(':');
    if (!name || uid === undefined || gid === undefined) return [];
    return [
      {
        name,
        uid: Number(uid),
        gid: Number(gid),
        comment: comment ?? '',
        home: home ?? '',
        shell: shell ?? '',
      },
    ];
  });
}

/** Group name -> gid and members, from the text of group(5). */
export function parseGroups(text: string): Map<string, { gid: number; members: string[] }> {
  const groups = new Map<string, { gid: number; members: string[] }>();
  for (const line of text.split('\n')) {
    const [name, , gid, members] = line.split(':');
    if (name && gid !== undefined)
      groups.set(name, {
        gid: Number(gid),
        members: (members ?? '').split(',').filter((each) => each !== ''),
      });
  }
  return groups;
}

export async function readUsers(): Promise<PasswdEntry[]> {
  return parsePasswd(await readFile('/etc/passwd', 'utf8'));
}

export async function readGroups(): Promise<ReturnType<typeof parseGroups>> {
  return parseGroups(await readFile('/etc/group', 'utf8'));
}
