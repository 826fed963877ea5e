// Text as the source of a regular expression that matches it and nothing else.
export const escapeRegExp = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
