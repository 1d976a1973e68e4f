import type { VhostSpec } from '../spec/vhost-spec.js';

/** The script (or page) that answers where no file is: travels to the backend as a header. Empty for none. */
export function frontController(spec: Pick<VhostSpec, 'type' | 'rewrite'>): string {
  switch (spec.rewrite.preset) {
    case 'none':
      return '';
    case 'static-spa':
      return '/index.html';
    case 'default':
      return spec.type === 'php' ? '/index.php' : '';
    default:
      return spec.type === 'php' ? '/index.php' : '';
  }
}
