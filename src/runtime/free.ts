/**
 * Memory given back at once. The garbage collector counts arrays of results late and frees them later still: after a few
 * steps of training hundreds of megabytes of them would wait for it. A message takes the memory of its transferred arrays
 * with it, and to a port whose other end is closed it is dropped where it stands.
 */
import type { Tensor } from '../graph/tensor.ts'

let nowhere: ReturnType<typeof closedPort> | undefined

function closedPort() {
  const { port1, port2 } = new MessageChannel()
  port2.close()
  return port1
}

/** Frees tensors that nobody will read again; their arrays are empty afterwards. No other array may share their buffers. */
export function free(tensors: Iterable<Tensor>): void {
  nowhere ??= closedPort()
  for (const { data } of tensors)
    if (data.buffer instanceof ArrayBuffer && data.byteLength > 0)
      nowhere.postMessage(undefined, [data.buffer])
}
