/**
 * Curves over steps or epochs. Pointing at one place reads all curves there, in this figure and in the others of the
 * page that have the same axis; the arrow keys do the same. The legend holds the values, so that nothing covers a curve.
 */
import { signal } from '@preact/signals'
import { type ScaleContinuousNumeric, scaleLinear, scaleLog } from 'd3-scale'
import { useMemo } from 'preact/hooks'
import { brief } from '../words.ts'
import { useWidth } from './size.ts'
import { nearestAt, type Series, thin } from './thin.ts'

/** Where one points, by what the axis counts. */
const pointed = signal<{ axis: string; x: number } | undefined>(undefined)

const margin = { left: 46, right: 10, top: 8, bottom: 26 }

export const seriesColour = (index: number): string => `var(--series-${index % 8})`

export interface CurvesProps {
  title: string
  axis: string
  series: readonly Series[]
  height?: number
  log?: boolean
  format?: (value: number) => string
  /** a place on the axis to mark, such as the best epoch */
  mark?: { x: number; label: string }
}

/** What lies off the axis is not drawn: curves that have not come yet, or that end earlier than those beside them. */
const isWithin = ([left, right]: number[], place: number): boolean => place >= left && place <= right

export function Curves({
  title,
  axis,
  series,
  height = 210,
  log = false,
  format = brief,
  mark,
}: CurvesProps) {
  const { ref, width } = useWidth<HTMLElement>()
  const inner = Math.max(40, width - margin.left - margin.right)
  const { x, y, paths } = useMemo(() => {
    const [left, right] = extent(series.map(({ x }) => x))
    const [bottom, top] = extent(
      series.map(({ y }) => y),
      log,
    )
    const x = scaleLinear([left, right > left ? right : left + 1], [margin.left, margin.left + inner])
    const room: [number, number] = [height - margin.bottom, margin.top]
    const y: ScaleContinuousNumeric<number, number> = log
      ? scaleLog(spread(bottom, top, true), room).nice()
      : scaleLinear(spread(bottom, top, false), room).nice(4)
    const paths = series.map(({ x: xs, y: ys }) => {
      const parts: string[] = []
      let isOpen = false
      for (const at of thin(xs, ys, inner)) {
        const value = ys[at]
        if (!Number.isFinite(value) || (log && value <= 0)) {
          isOpen = false
          continue
        }
        parts.push(`${isOpen ? 'L' : 'M'}${x(xs[at]).toFixed(1)} ${y(value).toFixed(1)}`)
        isOpen = true
      }
      return parts.join('')
    })
    return { x, y, paths }
  }, [series, inner, height, log])

  const here = pointed.value?.axis === axis ? pointed.value.x : undefined
  const read = series.map(({ x, y }) => {
    const at = here === undefined ? x.length - 1 : nearestAt(x, here)
    return at < 0 ? undefined : { x: x[at], y: y[at] }
  })
  const longest = series.reduce<Series | undefined>(
    (most, one) => (most && most.x.length >= one.x.length ? most : one),
    undefined,
  )
  const pointAt = (clientX: number, target: Element) => {
    const place = x.invert(clientX - target.getBoundingClientRect().left)
    if (!longest?.x.length) return
    pointed.value = { axis, x: longest.x[nearestAt(longest.x, place)] }
  }
  const step = (by: number) => {
    if (!longest?.x.length) return
    const at = here === undefined ? longest.x.length - 1 : nearestAt(longest.x, here)
    const next = Math.min(longest.x.length - 1, Math.max(0, at + by))
    pointed.value = { axis, x: longest.x[next] }
  }
  const leave = () => {
    pointed.value = undefined
  }
  const hasPoints = series.some(({ x }) => x.length > 0)
  return (
    <figure class="curves" ref={ref as { current: HTMLElement | null }}>
      <figcaption>
        <strong>{title}</strong>
        <span class="soft">
          {axis}
          {here !== undefined && <b class="at"> {brief(here)}</b>}
        </span>
      </figcaption>
      <svg
        role="img"
        aria-label={`${title} by ${axis}: ${series.map(({ name }, at) => `${name} ${read[at] ? format(read[at].y) : 'nothing yet'}`).join(', ')}`}
        width={width}
        height={height}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the arrow keys read the curves
        tabIndex={0}
        onPointerMove={event => pointAt(event.clientX, event.currentTarget)}
        onPointerLeave={leave}
        onBlur={leave}
        onKeyDown={event => {
          const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: -10, PageDown: 10 }[event.key]
          if (by === undefined) return
          event.preventDefault()
          event.stopPropagation()
          step(by)
        }}
      >
        {y.ticks(4).map(tick => (
          <g key={tick} transform={`translate(0 ${y(tick)})`}>
            <line x1={margin.left} x2={width - margin.right} class="grid" />
            <text x={margin.left - 7} dy="0.32em" text-anchor="end">
              {format(tick)}
            </text>
          </g>
        ))}
        {x
          .ticks(Math.max(2, Math.min(8, Math.floor(inner / 70))))
          .filter(Number.isInteger)
          .map(tick => (
            <text key={tick} x={x(tick)} y={height - 8} text-anchor="middle">
              {brief(tick)}
            </text>
          ))}
        {mark && isWithin(x.domain(), mark.x) && (
          <g transform={`translate(${x(mark.x)} 0)`} class="mark">
            <line y1={margin.top} y2={height - margin.bottom} />
            <title>{mark.label}</title>
          </g>
        )}
        {paths.map((path, at) => (
          <path
            key={series[at].name}
            d={path}
            class={series[at].faint ? 'faint' : ''}
            style={{ stroke: seriesColour(series[at].colour) }}
          />
        ))}
        {here !== undefined && isWithin(x.domain(), here) && (
          <line x1={x(here)} x2={x(here)} y1={margin.top} y2={height - margin.bottom} class="cross" />
        )}
        {read.map(
          (point, at) =>
            point &&
            Number.isFinite(point.y) &&
            !series[at].faint &&
            (here !== undefined || series[at].x.length === 1) &&
            (!log || point.y > 0) && (
              <circle
                key={series[at].name}
                cx={x(point.x)}
                cy={y(point.y)}
                r="3.5"
                style={{ fill: seriesColour(series[at].colour) }}
              />
            ),
        )}
        {!hasPoints && (
          <text x={margin.left + inner / 2} y={height / 2} text-anchor="middle">
            nothing yet
          </text>
        )}
      </svg>
      <ul class="legend">
        {series.map(({ name, colour, faint }, at) => (
          <li key={name}>
            <i class={faint ? 'faint' : ''} style={{ background: seriesColour(colour) }} />
            <span class="clip" title={name}>
              {name}
            </span>
            <b>{read[at] ? format(read[at].y) : ''}</b>
          </li>
        ))}
      </ul>
    </figure>
  )
}

/** A curve the size of a word. */
export function Spark({ values, label }: { values: readonly number[]; label: string }) {
  const [width, height] = [84, 22]
  const finite = values.filter(Number.isFinite)
  if (finite.length < 2) return <svg width={width} height={height} aria-hidden="true" />
  const [low, high] = [Math.min(...finite), Math.max(...finite)]
  const at = (value: number, index: number) =>
    `${(2 + (index / (values.length - 1)) * (width - 6)).toFixed(1)} ${(height - 3 - ((value - low) / (high - low || 1)) * (height - 6)).toFixed(1)}`
  const last = at(values[values.length - 1], values.length - 1).split(' ')
  return (
    <svg class="spark" width={width} height={height} role="img" aria-label={label}>
      <path
        d={`M${values.map((value, index) => at(Number.isFinite(value) ? value : low, index)).join('L')}`}
      />
      <circle cx={last[0]} cy={last[1]} r="2" />
    </svg>
  )
}

function extent(columns: readonly ArrayLike<number>[], positive = false): [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const column of columns)
    for (let at = 0; at < column.length; at++) {
      const value = column[at]
      if (!Number.isFinite(value) || (positive && value <= 0)) continue
      if (value < low) low = value
      if (value > high) high = value
    }
  return low <= high ? [low, high] : [positive ? 0.1 : 0, 1]
}

const spread = (low: number, high: number, log: boolean): [number, number] => {
  if (low < high) return [low, high]
  if (log) return [low / 2, high * 2]
  return [low - (Math.abs(low) || 1) / 10, high + (Math.abs(high) || 1) / 10]
}
