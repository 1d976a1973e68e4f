/** A list page is data: which resource of the API it reads and which of its fields it shows. */
export interface List {
  name: string;
  path: string;
  columns: { key: string; kind?: 'status' | 'time' | 'list' }[];
}

export const lists: List[] = [
  { name: 'accounts', path: '/api/accounts', columns: [{ key: 'name' }, { key: 'status', kind: 'status' }, { key: 'createdAt', kind: 'time' }] },
  {
    name: 'vhosts',
    path: '/api/vhosts',
    columns: [{ key: 'domain' }, { key: 'status', kind: 'status' }, { key: 'type' }, { key: 'aliases', kind: 'list' }, { key: 'createdAt', kind: 'time' }],
  },
  { name: 'plans', path: '/api/plans', columns: [{ key: 'name' }, { key: 'createdAt', kind: 'time' }] },
  { name: 'jobs', path: '/api/jobs', columns: [{ key: 'name' }, { key: 'state', kind: 'status' }, { key: 'message' }, { key: 'createdAt', kind: 'time' }] },
  { name: 'plugins', path: '/api/plugins', columns: [{ key: 'title' }, { key: 'state', kind: 'status' }, { key: 'version' }, { key: 'reason' }] },
  { name: 'audit', path: '/api/audit', columns: [{ key: 'at', kind: 'time' }, { key: 'actorName' }, { key: 'action' }, { key: 'object' }, { key: 'outcome', kind: 'status' }] },
];
