// The same script in a worker: large inputs are diagnosed there. Made from a blob, so that it works from file:// too.
import type { Result, RuleBase } from '../core/model.ts';
import { diagnose, type Input } from './diagnose.ts';

interface Job {
  readonly base: RuleBase;
  readonly inputs: readonly Input[];
}

type Answer = { readonly result: Result } | { readonly error: string };

export function serveAsWorker(scope: {
  onmessage: ((event: MessageEvent<Job>) => void) | null;
  postMessage(answer: Answer): void;
}): void {
  scope.onmessage = ({ data }) => {
    diagnose(data.base, data.inputs).then(
      (result) => scope.postMessage({ result }),
      (error: unknown) => scope.postMessage({ error: String(error) }),
    );
  };
}

/** Diagnoses in a worker that runs `script`; an aborted job's worker is ended. */
export function diagnoseInWorker(
  script: string,
  base: RuleBase,
  inputs: readonly Input[],
  signal: AbortSignal,
): Promise<Result> {
  const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
  const worker = new Worker(url);
  const done = () => {
    worker.terminate();
    URL.revokeObjectURL(url);
  };
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', done);
    worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      done();
      if ('result' in data) resolve(data.result);
      else reject(new Error(data.error));
    };
    worker.onerror = (event) => {
      done();
      reject(new Error(event.message));
    };
    worker.postMessage({ base, inputs } satisfies Job);
  });
}
