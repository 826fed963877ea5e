// The outputs that README.md shows: each block behind `<!-- output: ARGS -->` is what `pt-doctor ARGS` prints.
import { cli } from './run-cli.ts';

const BLOCK = /<!-- output: (.+) -->\n```text\n[\s\S]*?```/g;

/** The README with every output printed anew. */
export async function freshReadme(readme: string): Promise<string> {
  let fresh = '';
  let at = 0;
  for (const block of readme.matchAll(BLOCK)) {
    const { stdout } = await cli((block[1] ?? '').split(' '), { columns: 100 });
    fresh += `${readme.slice(at, block.index)}<!-- output: ${block[1]} -->\n\`\`\`text\n${stdout.replace(/^\n/, '')}\`\`\``;
    at = block.index + block[0].length;
  }
  return fresh + readme.slice(at);
}
