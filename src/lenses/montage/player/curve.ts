/** A curve over the columns of the strip: what people have in common, above what is to be expected by chance. */
export interface Curve {
  name: string
  values: number[]
  /** what nine in ten curves stay between that are moved against each other by chance */
  low: number[]
  high: number[]
  /** columns that are marked */
  peaks: number[]
}

export function drawCurve(
  context: CanvasRenderingContext2D,
  { name, values, low, high, peaks }: Curve,
  times: readonly number[],
  { left, width, height }: { left: number; width: number; height: number },
  ink: string,
): void {
  const finite = [...values, ...low, ...high].filter(Number.isFinite)
  const [floor, ceiling] = [Math.min(...finite), Math.max(...finite)]
  const [top, bottom] = [20, height - 18]
  const x = (column: number) => left + ((column + 0.5) * width) / values.length
  const y = (value: number) => bottom - ((bottom - top) * (value - floor)) / (ceiling - floor || 1)
  const path = (points: readonly number[]) => {
    points.forEach((value, column) => {
      if (column === 0) context.moveTo(x(column), y(value))
      else context.lineTo(x(column), y(value))
    })
  }
  context.font = '12px system-ui, sans-serif'
  context.fillStyle = ink
  context.textBaseline = 'top'
  context.fillText(name, 0, 2)
  context.fillText(`${times[0].toFixed(0)} s`, left, height - 14)
  context.textAlign = 'right'
  context.fillText(`${times[times.length - 1].toFixed(0)} s`, left + width, height - 14)
  context.fillText(ceiling.toFixed(2), left - 6, top - 4)
  context.fillText(floor.toFixed(2), left - 6, bottom - 8)
  context.textAlign = 'left'
  context.beginPath()
  path(high)
  for (let column = low.length - 1; column >= 0; column--) context.lineTo(x(column), y(low[column]))
  context.closePath()
  context.fillStyle = 'rgba(128,128,128,.3)'
  context.fill()
  context.beginPath()
  path(values)
  context.lineWidth = 2
  context.strokeStyle = '#1a7f5a'
  context.stroke()
  context.fillStyle = '#c8441b'
  for (const column of peaks) {
    context.beginPath()
    context.arc(x(column), y(values[column]), 4, 0, 2 * Math.PI)
    context.fill()
  }
}
