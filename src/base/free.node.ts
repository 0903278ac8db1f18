/** Memory of arrays that nobody needs any more, given back before the garbage collector would come to it. */
import { MessageChannel, type MessagePort } from 'node:worker_threads'

let nowhere: MessagePort | undefined

/** Empties an array: it is sent through a channel whose far end is closed, and dropped at once. */
export function freeArray({ buffer }: ArrayBufferView): void {
  if (!(buffer instanceof ArrayBuffer)) return
  if (!nowhere) {
    const { port1, port2 } = new MessageChannel()
    port2.close()
    nowhere = port1
  }
  nowhere.postMessage(undefined, [buffer])
}
