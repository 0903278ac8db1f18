/** Images that a lens is still making, written under the names that they will have in the end. */
import type { Picture } from '../base/picture.ts'
import type { Work } from '../base/work.ts'
import type { OutputContext } from '../runtime/context.ts'

export interface PreviewFiles {
  emit: Work['emit']
  /** resolves when nothing is being written any more: a preview written later would replace the finished image */
  settled(): Promise<void>
}

/** Passes events on to the context; of the images among them the newest is written, one at a time. */
export function createPreviewFiles(context: OutputContext): PreviewFiles {
  const waiting = new Map<string, Picture>()
  let writing: Promise<void> | undefined
  let failure: { error: unknown } | undefined
  const writeAll = async () => {
    const { encodePng } = await import('../figures/files.node.ts')
    for (const [name, image] of waiting) {
      waiting.delete(name)
      await context.write(`${name}.png`, await encodePng(image))
    }
  }
  return {
    emit(event) {
      context.emit(event)
      if (event.kind !== 'preview' || !('image' in event)) return
      waiting.set(event.name, event.image)
      writing ??= writeAll()
        .catch(error => {
          failure ??= { error }
        })
        .finally(() => {
          writing = undefined
        })
    },
    async settled() {
      await writing
      if (failure) throw failure.error
    },
  }
}
