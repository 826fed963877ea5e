// The HTML report as one self-contained file: no script, nothing from the network, enforced by its own policy.
import type { Document } from './document.ts';
import { escapeHtml } from './escape.ts';
import { htmlBody } from './html.ts';
import { STYLE } from './style.ts';

export function htmlFile(document: Document): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="generator" content="pt-doctor">
<title>${escapeHtml(document.title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main class="report">
${htmlBody(document)}
</main>
</body>
</html>
`;
}
