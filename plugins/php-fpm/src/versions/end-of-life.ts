/** What php.net publishes at https://www.php.net/supported-versions.php and /eol.php; dates are the last day. */
const TABLE: Readonly<Record<string, { active: string; security: string }>> = {
  '7.4': { active: '2021-11-28', security: '2022-11-28' },
  '8.0': { active: '2022-11-26', security: '2023-11-26' },
  '8.1': { active: '2023-11-25', security: '2025-12-31' },
  '8.2': { active: '2024-12-31', security: '2026-12-31' },
  '8.3': { active: '2025-12-31', security: '2027-12-31' },
  '8.4': { active: '2026-12-31', security: '2028-12-31' },
  '8.5': { active: '2027-12-31', security: '2029-12-31' },
};

export interface LifeCycle {
  /** Last day of security fixes, `YYYY-MM-DD`; null when unknown. */
  endOfLife: string | null;
  badge: 'supported' | 'securityOnly' | 'endOfLife' | 'unknown';
}

/** Where a PHP version stands in its life at `now` (Unix milliseconds). */
export function endOfLife(version: string, now: number): LifeCycle {
  const dates = TABLE[version];
  if (!dates) return { endOfLife: null, badge: 'unknown' };
  const today = new Date(now).toISOString().slice(0, 10);
  const badge = today > dates.security ? 'endOfLife' : today > dates.active ? 'securityOnly' : 'supported';
  return { endOfLife: dates.security, badge };
}
