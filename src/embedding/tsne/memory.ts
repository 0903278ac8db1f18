/**
 * Planning and making the memory that the threads of a pool share: reserve what is needed, then make it in one piece.
 */
import { GlasshouseError } from '../../base/errors.ts'

const pageBytes = 65536

export interface MemoryPlan {
  /** sets bytes aside and returns their address; they start as zeros */
  reserve(bytes: number): number
  make(): WebAssembly.Memory
}

export function planMemory(): MemoryPlan {
  // The first page belongs to the kernel's constants. Blocks start on cache lines of their own.
  let end = pageBytes
  return {
    reserve(bytes) {
      const address = end
      end += Math.ceil(bytes / 64) * 64
      return address
    },
    make() {
      const pages = Math.ceil(end / pageBytes)
      try {
        return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true })
      } catch (cause) {
        throw new GlasshouseError({
          code: 'memory-insufficient',
          what: `t-SNE needs ${Math.ceil(end / 2 ** 20)} MiB of memory in one piece, and there is not that much`,
          hint: 'Lay out fewer points or fewer maps at once',
          fault: 'machine',
          cause,
        })
      }
    },
  }
}
