/** What every panel process can do without; see systemd.exec(5). Node's JIT forbids MemoryDenyWriteExecute. */
const everywhere = {
  NoNewPrivileges: 'yes',
  LockPersonality: 'yes',
  RestrictRealtime: 'yes',
  ProtectClock: 'yes',
  ProtectKernelLogs: 'yes',
  ProtectKernelModules: 'yes',
  ProtectKernelTunables: 'yes',
  ProtectHostname: 'yes',
  SystemCallArchitectures: 'native',
  SystemCallErrorNumber: 'EPERM',
  KeyringMode: 'private',
  DevicePolicy: 'closed',
} as const;

/** The unprivileged processes: no capability, no device, nothing writable but the panel's own folders. */
export const unprivileged = {
  ...everywhere,
  CapabilityBoundingSet: '',
  AmbientCapabilities: '',
  PrivateDevices: 'yes',
  PrivateTmp: 'yes',
  PrivateUsers: 'yes',
  PrivateMounts: 'yes',
  ProtectSystem: 'strict',
  ProtectHome: 'yes',
  ProtectControlGroups: 'yes',
  ProtectProc: 'invisible',
  ProcSubset: 'pid',
  RemoveIPC: 'yes',
  RestrictNamespaces: 'yes',
  RestrictSUIDSGID: 'yes',
  SystemCallFilter: ['@system-service', '~@privileged @resources'],
  UMask: '0077',
} as const;

/**
 * The root agent writes below /etc, /home and (through the package manager) /usr, makes users, and enters private mount
 * namespaces; setuid files come with packages. Everything else is taken from it.
 */
export const privileged = {
  ...everywhere,
  CapabilityBoundingSet: [
    'CAP_CHOWN CAP_DAC_OVERRIDE CAP_DAC_READ_SEARCH CAP_FOWNER CAP_FSETID CAP_KILL CAP_SETUID CAP_SETGID CAP_SETFCAP',
    'CAP_SYS_ADMIN CAP_SYS_CHROOT CAP_SYS_RESOURCE CAP_NET_BIND_SERVICE CAP_IPC_LOCK CAP_AUDIT_WRITE',
  ],
  PrivateTmp: 'yes',
  PrivateMounts: 'yes',
  RestrictNamespaces: 'mnt',
  RestrictAddressFamilies: 'AF_UNIX AF_INET AF_INET6 AF_NETLINK',
  SystemCallFilter: '~@clock @cpu-emulation @debug @module @obsolete @raw-io @reboot @swap',
  UMask: '0077',
} as const;
