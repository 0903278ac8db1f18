/** Views that are drawn for a moment beside the page, where nobody sees them: the frames of a film. */
import { type ComponentChild, render } from 'preact'

/** When all images of a view have come, or cannot be had: also those that the page would fetch once they are in sight. */
export async function imagesCome(room: Element): Promise<void> {
  const come = [...room.querySelectorAll('img')].map(async image => {
    image.loading = 'eager'
    await image.decode().catch(() => {})
  })
  await Promise.all(come)
}

/**
 * @param width of the view, in pixels
 * @param take is called when all images of the view have come, or cannot be had
 */
export async function offPage<T>(
  view: ComponentChild,
  width: number,
  take: (room: Element) => T,
): Promise<T> {
  const room = document.createElement('div')
  room.className = 'off-page'
  room.inert = true
  room.style.width = `${width}px`
  document.body.append(room)
  try {
    render(view, room)
    await imagesCome(room)
    return take(room)
  } finally {
    render(null, room)
    room.remove()
  }
}
