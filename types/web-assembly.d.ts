/** WebAssembly as far as it is used here: the declarations of Node 20 lack it, and so does the language's library. */
declare namespace WebAssembly {
  class Module {
    private readonly module: unknown
  }
  class Memory {
    constructor(size: { initial: number; maximum?: number; shared?: boolean })
    readonly buffer: ArrayBuffer | SharedArrayBuffer
    grow(pages: number): number
  }
  type Exports = Record<string, (...parameters: number[]) => number>
  class Instance {
    constructor(module: Module, imports?: Record<string, Record<string, unknown>>)
    readonly exports: Exports
  }
  function compile(bytes: ArrayBufferLike | ArrayBufferView): Promise<Module>
}
