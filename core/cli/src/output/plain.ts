// eslint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/**
 * Text from the server is data, also for the terminal: escape sequences and direction marks in a site's name must
 * not move the cursor or hide a line. Line breaks and tabs stay.
 */
export function plain(text: string): string {
  return text.replace(UNPRINTABLE, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
}
