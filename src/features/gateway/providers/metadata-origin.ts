/** Where the machines of clouds ask what they are and may: the same link-local address in all of them (RFC 3927). */
export const METADATA_ORIGIN = 'http://169.254.169.254';
