// The one script that the page holds in the open. It unpacks the program and runs it; the page's policy has the hashes of both.
import { $ } from './dom.ts';
import { unpack } from './unpack.ts';

unpack('program').then(
  (text) => {
    const script = document.createElement('script');
    script.id = 'app';
    script.textContent = text;
    document.body.append(script);
  },
  (error: unknown) => {
    $('status').textContent = `This browser cannot open the page: ${error}`;
  },
);
