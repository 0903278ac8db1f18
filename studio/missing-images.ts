/** An image that cannot be had is an empty square: the browser's own sign for it would stand over its neighbours. */
import { nothing } from './client.ts'

export function watchMissingImages(): void {
  // Errors of images do not bubble.
  document.addEventListener(
    'error',
    ({ target: image }) => {
      if (!(image instanceof HTMLImageElement) || image.src === nothing) return
      image.src = nothing
      image.title ||= `${image.alt || 'this image'}: cannot be shown`
    },
    true,
  )
}
