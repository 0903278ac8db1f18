/** The zoom on the page: its markup and frames, and the player that runs there. */
import type { Live } from '../../figures/report.ts'
import type { Frames } from './player/index.ts'
import { player } from './player.bundle.ts'

export const zoomPlayer = (frames: string[], rate: number): Live => ({
  kind: 'live',
  markup: `<img alt="the zoom" style="display:block;max-width:100%;border-radius:8px" src="${frames[0]}"><p style="display:flex;gap:12px;align-items:center"><button type="button">Play</button><input type="range" min="0" max="${frames.length - 1}" value="0" aria-label="frame" style="flex:1;max-width:420px"><output>1</output> of ${frames.length}</p>`,
  data: { frames, rate } satisfies Frames,
  script: player,
})
