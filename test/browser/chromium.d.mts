import type { Browser, Page } from 'playwright-core';

export declare function launch(): Promise<Browser>;
export declare function paste(page: Page, text: string): Promise<void>;
export declare function openAt(page: Page, path: string): Promise<void>;
