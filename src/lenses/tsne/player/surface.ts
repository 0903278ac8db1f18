/** A square canvas that shows a part of the shared limits. */
import type { Scene } from './maps.ts'

export interface Surface {
  context: CanvasRenderingContext2D
  side: number
  /** device pixels per CSS pixel */
  ratio: number
  /** pixels of a place within the shared limits */
  x(place: number): number
  y(place: number): number
}

/** The canvas as it is. */
export function surfaceOf(canvas: HTMLCanvasElement, { view }: Scene): Surface {
  const context = canvas.getContext('2d')
  if (!context) throw new Error('the page cannot draw')
  const side = canvas.width
  return {
    context,
    side,
    ratio: window.devicePixelRatio || 1,
    x: place => ((place - view.x) / view.width) * side,
    y: place => ((place - view.y) / view.width) * side,
  }
}
