/** The maps of a page: what brings the figure that `live.ts` writes to life. Bundled by scripts/build-players.js. */
import { mapPainter, type PackedMaps } from './painter.ts'
import { playMaps } from './playing.ts'

export default function play(figure: HTMLElement, data: PackedMaps): void {
  playMaps(figure, data, mapPainter(figure, data))
}
