// node code-cache.mjs PROGRAM CACHE: runs the built program on standard input and keeps the code that V8 made for it.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import vm from 'node:vm';

const [program, cache] = process.argv.slice(2);
const made = [];
const { Script } = vm;
vm.Script = class extends Script {
  constructor(...args) {
    super(...args);
    made.push(this);
  }
};
createRequire(import.meta.url)('node:module').syncBuiltinESMExports();
process.argv = [process.execPath, program];
const { write } = process.stdout;
process.stdout.write = () => true;
await import(pathToFileURL(resolve(program)));
process.stdout.write = write;
writeFileSync(cache, made[0].createCachedData());
process.exitCode = 0;
