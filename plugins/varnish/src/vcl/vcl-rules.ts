import type { SiteVclPart } from './site-vcl.js';

/** What may be read and written where. Everything that is not here is refused. */
export interface VclRules {
  read: RegExp;
  write: RegExp;
  returns: readonly string[];
}

// Headers that say whose request it is, or that frame the message, stay as the web server made them.
const HEADER = String.raw`http\.(?!(?:x-tenpanel|x-forwarded|x-real-ip|host$|authorization$|content-length$|transfer-encoding$|connection$|upgrade$|cookie$|set-cookie$))[a-z][a-z0-9_-]{0,60}`;
const SEEN = String.raw`http\.(?!x-tenpanel)[a-z][a-z0-9_-]{0,60}`;

export const vclRules: Record<SiteVclPart, VclRules> = {
  recv: {
    read: new RegExp(`^(?:req\\.(?:url|method|${SEEN}))$`, 'i'),
    write: new RegExp(`^(?:req\\.(?:url|${HEADER}|http\\.cookie))$`, 'i'),
    returns: ['pass', 'synth'],
  },
  backendResponse: {
    read: new RegExp(
      `^(?:bereq\\.(?:url|method|${SEEN})|beresp\\.(?:status|ttl|grace|uncacheable|${SEEN}))$`,
      'i',
    ),
    write: new RegExp(`^(?:beresp\\.(?:ttl|grace|uncacheable|${HEADER}))$`, 'i'),
    returns: [],
  },
  deliver: {
    read: new RegExp(`^(?:req\\.(?:url|method|${SEEN})|resp\\.(?:status|${SEEN})|obj\\.hits)$`, 'i'),
    write: new RegExp(`^(?:resp\\.${HEADER})$`, 'i'),
    returns: [],
  },
};
