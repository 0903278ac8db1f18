/** The card beside the pointer, which says what is under it. */

/** An element with a text. */
export function textElement(tag: string, text: string): HTMLElement {
  const element = document.createElement(tag)
  element.textContent = text
  return element
}

const gap = 16

/**
 * Shows the card right below the pointer: on its left side where there is no room on the right, above it where the
 * window ends, and never beyond the figure's edges.
 */
export function showCard(
  card: HTMLElement,
  figure: HTMLElement,
  pointer: Pick<MouseEvent, 'clientX' | 'clientY'>,
): void {
  card.hidden = false
  const box = figure.getBoundingClientRect()
  const [width, height] = [card.offsetWidth, card.offsetHeight]
  const [x, y] = [pointer.clientX - box.left, pointer.clientY - box.top]
  const [left, right] = [x - gap - width, x + gap]
  const slid = Math.max(0, box.width - width - 4)
  card.style.left = `${right + width <= box.width ? right : left >= 0 ? left : slid}px`
  const [above, below] = [y - gap - height, y + gap]
  const fits = pointer.clientY + height + gap + 8 <= window.innerHeight
  card.style.top = `${fits || above <= 0 ? below : above}px`
}
