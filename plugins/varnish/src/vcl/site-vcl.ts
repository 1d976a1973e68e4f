/** A site's own words, by the place where they run. */
export interface SiteVcl {
  recv: string;
  backendResponse: string;
  deliver: string;
}

export type SiteVclPart = keyof SiteVcl;
export const siteVclParts = ['recv', 'backendResponse', 'deliver'] as const satisfies readonly SiteVclPart[];
