/**
 * What Node and browsers both have beyond the language, as far as it is used here. In tsconfig.shared.json this stands in
 * for @types/node, which the declarations of some packages ask for: so `process` or `document` in a file that runs
 * anywhere is a type error.
 */
declare global {
  interface AbortSignal {
    readonly aborted: boolean
    readonly reason: unknown
    throwIfAborted(): void
    addEventListener(type: 'abort', listener: () => void, options?: { once?: boolean }): void
    removeEventListener(type: 'abort', listener: () => void): void
  }
  const AbortSignal: { any(signals: AbortSignal[]): AbortSignal; timeout(milliseconds: number): AbortSignal }
  class AbortController {
    readonly signal: AbortSignal
    abort(reason?: unknown): void
  }
  class TextEncoder {
    encode(text?: string): Uint8Array<ArrayBuffer>
  }
  class TextDecoder {
    constructor(encoding?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
    decode(bytes?: ArrayBufferLike | ArrayBufferView, options?: { stream?: boolean }): string
  }
  const performance: { now(): number }
  function atob(text: string): string
  function btoa(text: string): string
}

export {}
