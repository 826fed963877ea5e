// Builds src/wasm/gate.ts with AssemblyScript: some hundred bytes of WebAssembly. Tests use it too.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';

/** The bytes of the kernel; built again only when its source has changed. */
export async function buildKernel() {
  const source = readFileSync(new URL('../src/wasm/gate.ts', import.meta.url), 'utf8');
  const folder = new URL('../dist/.build/', import.meta.url);
  const kept = new URL(`gate-${createHash('sha256').update(source).digest('hex').slice(0, 16)}.wasm`, folder);
  try {
    return readFileSync(kept);
  } catch {
    const { default: asc } = await import('assemblyscript/asc');
    let built;
    const options = ['-O3', '--runtime', 'stub', '--noAssert', '--enable', 'simd', '--importMemory'];
    const { error, stderr } = await asc.main(['gate.ts', '--outFile', 'gate.wasm', ...options], {
      readFile: (name) => (name === 'gate.ts' ? source : null),
      writeFile: (name, contents) => {
        if (name === 'gate.wasm') built = contents;
      },
      listFiles: () => [],
    });
    if (error) throw new Error(`src/wasm/gate.ts: ${error.message}\n${stderr.toString()}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(kept, built);
    return Buffer.from(built);
  }
}
