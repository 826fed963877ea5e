// The program of the page. In a worker made from itself it serves diagnoses; in the page it is the page.
import { startPage } from './app.ts';
import { serveAsWorker } from './worker.ts';

declare const PT_DOCTOR_VERSION: string | undefined;

if (typeof document === 'undefined') serveAsWorker(self as unknown as Parameters<typeof serveAsWorker>[0]);
else void startPage(typeof PT_DOCTOR_VERSION === 'string' ? PT_DOCTOR_VERSION : 'from source');
