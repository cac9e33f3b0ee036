/** 1234567 as `1,234,567`. */
export function number(n: number): string;
/** `1 call`, `1,280 calls`. */
export function counted(n: number, what: string): string;
/** Bytes as `12.3 MiB`. */
export function size(bytes: number): string;
/** Nanoseconds as `1.23 s`. */
export function duration(nanoseconds: number | null | undefined): string;
