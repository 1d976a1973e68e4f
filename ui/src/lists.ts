import type { Component } from 'vue';
import AccountActions from './forms/AccountActions.vue';
import CreateAccount from './forms/CreateAccount.vue';
import CreatePlan from './forms/CreatePlan.vue';
import CreateSite from './forms/CreateSite.vue';

export interface Column {
  /** Path of the field, for example `plan.name`. */
  key: string;
  kind?: 'status' | 'job' | 'time' | 'list' | 'bytes' | 'percent' | 'count' | 'code';
}

/** A list page is data: which resource of the API it reads, who may, and which of its fields it shows. */
export interface List {
  name: string;
  path: string;
  /** Needed to read it. */
  permission: string;
  columns: Column[];
  /** The API's word for one row, where rows live on by themselves. */
  kind?: string;
  create?: { permission: string; form: Component };
  actions?: Component;
}

export const lists: List[] = [
  {
    name: 'vhosts',
    path: '/api/vhosts',
    permission: 'web.site.read',
    kind: 'vhost',
    columns: [
      { key: 'displayName' },
      { key: 'status', kind: 'status' },
      { key: 'type' },
      { key: 'account.name' },
      { key: 'aliases', kind: 'list' },
      { key: 'createdAt', kind: 'time' },
    ],
    create: { permission: 'web.site.write', form: CreateSite },
  },
  {
    name: 'accounts',
    path: '/api/accounts',
    permission: 'account.read',
    kind: 'account',
    columns: [
      { key: 'name' },
      { key: 'status', kind: 'status' },
      { key: 'plan.name' },
      { key: 'home', kind: 'code' },
      { key: 'createdAt', kind: 'time' },
    ],
    create: { permission: 'account.write', form: CreateAccount },
    actions: AccountActions,
  },
  {
    name: 'plans',
    path: '/api/plans',
    permission: 'plan.read',
    columns: [
      { key: 'name' },
      { key: 'limits.memory', kind: 'bytes' },
      { key: 'limits.cpu', kind: 'percent' },
      { key: 'limits.disk', kind: 'bytes' },
      { key: 'limits.sites', kind: 'count' },
      { key: 'accounts', kind: 'count' },
    ],
    create: { permission: 'plan.write', form: CreatePlan },
  },
  {
    name: 'jobs',
    path: '/api/jobs',
    permission: 'job.read',
    columns: [
      { key: 'title' },
      { key: 'state', kind: 'job' },
      { key: 'message' },
      { key: 'startedBy' },
      { key: 'createdAt', kind: 'time' },
    ],
  },
  {
    name: 'plugins',
    path: '/api/plugins',
    permission: 'plugin.read',
    columns: [{ key: 'title' }, { key: 'state', kind: 'status' }, { key: 'version' }, { key: 'reason' }],
  },
  {
    name: 'audit',
    path: '/api/audit',
    permission: 'audit.read',
    columns: [
      { key: 'summary' },
      { key: 'action', kind: 'code' },
      { key: 'object', kind: 'code' },
      { key: 'actor.name' },
      { key: 'outcome', kind: 'status' },
      { key: 'at', kind: 'time' },
    ],
  },
];
