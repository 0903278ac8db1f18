/**
 * What is drawn above or below dots: lines, discs and words, in pixels of the panel. They are data, so that the page and
 * an exported figure draw the same.
 */

interface Common {
  /** that of the text where it is absent */
  colour?: string
  /** below the dots' images */
  behind?: boolean
  opacity?: number
}
export type Mark = Common &
  (
    | { kind: 'line'; points: readonly (readonly [number, number])[]; width: number }
    | { kind: 'disc'; x: number; y: number; radius: number }
    | {
        kind: 'words'
        x: number
        y: number
        text: string
        size: number
        weight?: number
        anchor?: 'start' | 'end'
        /** read from the bottom to the top */
        turned?: boolean
      }
  )

/** Where a place of the plane lies, in pixels of the panel. */
export type Place = (x: number, y: number) => [number, number]

export const fontFamily = 'Inter, system-ui, sans-serif'

export function paintMark(context: CanvasRenderingContext2D, mark: Mark, ink: string): void {
  const { colour = ink, opacity = 1 } = mark
  context.save()
  context.globalAlpha = opacity
  context.fillStyle = context.strokeStyle = colour
  if (mark.kind === 'line') {
    context.lineWidth = mark.width
    context.beginPath()
    for (const [x, y] of mark.points) context.lineTo(x, y)
    context.stroke()
  } else if (mark.kind === 'disc') {
    context.beginPath()
    context.arc(mark.x, mark.y, mark.radius, 0, 2 * Math.PI)
    context.fill()
  } else {
    context.font = `${mark.weight ?? 400} ${mark.size}px ${fontFamily}`
    context.textAlign = mark.anchor ?? 'start'
    context.translate(mark.x, mark.y)
    if (mark.turned) context.rotate(-Math.PI / 2)
    context.fillText(mark.text, 0, 0)
  }
  context.restore()
}
