import type { Tensor } from '../src/graph/tensor.ts'

const bytesOf = ({ data }: Tensor) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

/** Names of the tensors that are not the same to the bit. */
export const differing = (a: ReadonlyMap<string, Tensor>, b: ReadonlyMap<string, Tensor>): string[] =>
  [...a.keys()].filter(name => !bytesOf(a.get(name)!).equals(bytesOf(b.get(name)!)))
