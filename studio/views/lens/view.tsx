/** What a lens, or another command, found: its page inside the studio, its figures, and how to make it again. */
import { useMemo } from 'preact/hooks'
import type { RunDetail } from '../../../src/server/api.ts'
import { metricName } from '../../metric-names.ts'
import { CommandLine, CopyLink } from '../../parts/copy-link.tsx'
import { EpochSlider } from '../../parts/epoch-slider.tsx'
import { Export } from '../../parts/export/export.tsx'
import { Settings } from '../../parts/settings.tsx'
import { StateMark } from '../../parts/state-mark.tsx'
import { Empty, Failed } from '../../parts/states.tsx'
import { openTab, Tabs } from '../../parts/tabs.tsx'
import { go, href } from '../../route.ts'
import { ago, brief, duration } from '../../words.ts'
import { Maps } from '../maps/view.tsx'
import { FileTable } from '../run/results.tsx'
import { settingsOf } from '../run/settings.ts'
import { filmOfEpochs, useOtherEpochs } from './epochs.ts'

export function ResultView({ detail }: { detail: RunDetail }) {
  const { listed, result, files, line = `glasshouse ${result?.command ?? 'studio'}` } = detail
  const page = files.find(({ name }) => name === 'index.html')
  const isMap = result?.command === 'tsne'
  const tabs = [
    ...(isMap ? [{ key: 'map', title: 'Map' }] : []),
    { key: 'page', title: isMap ? 'Page' : 'Result' },
    { key: 'numbers', title: 'Numbers' },
    { key: 'settings', title: 'Settings' },
    { key: 'files', title: 'Files', count: files.length },
  ]
  const tab = openTab(tabs)
  const settings = useMemo(() => [...settingsOf(detail)], [detail])
  const epochs = useOtherEpochs(detail)
  const metrics = useMemo(() => plainMetrics(result?.metrics), [result])
  return (
    <>
      <header>
        <p class="crumbs">
          <a href={href('lenses')}>Lenses</a>
        </p>
        <div class="view-title">
          <h1>{listed.name}</h1>
          <StateMark state={listed.state} />
          <div class="actions">
            <CopyLink />
            {page && (
              <a class="button" href={page.url} target="_blank" rel="noreferrer">
                Open alone
              </a>
            )}
            {tab !== 'map' && (
              <Export
                name={listed.name}
                title={listed.name}
                line={line}
                files={takenAway(detail)}
                {...(epochs.some(({ thumb }) => thumb !== undefined) && {
                  films: [
                    {
                      words: 'the figures of all epochs',
                      film: () => filmOfEpochs(epochs, result?.command ?? listed.name, line),
                    },
                  ],
                })}
              />
            )}
          </div>
        </div>
        <p class="lead">
          {[result?.command, result && `took ${duration(result.seconds)}`, ago(listed.changed)]
            .filter(Boolean)
            .join(' · ')}
        </p>
      </header>
      {listed.fault && <Failed failure={{ what: listed.fault }} />}
      {epochs.length > 0 && (
        <EpochSlider
          epochs={epochs.map(({ epoch }) => epoch)}
          at={epochs.findIndex(({ run }) => run === listed.name)}
          change={at => go(href('run', { run: epochs[at].run }), { replace: true })}
        />
      )}
      <Tabs tabs={tabs} />
      {tab === 'map' && <Maps run={listed.name} line={line} />}
      {tab === 'page' &&
        (page ? (
          <iframe
            class="page-frame"
            src={page.url}
            title={`the page of ${listed.name}`}
            sandbox="allow-scripts allow-popups allow-downloads"
          />
        ) : (
          <Empty title="This result has no page">
            <p>Its numbers and files are under the other tabs.</p>
          </Empty>
        ))}
      {tab === 'numbers' && <Settings rows={metrics} wide />}
      {tab === 'settings' && (
        <>
          <CommandLine line={line} />
          <Settings rows={settings} wide />
        </>
      )}
      {tab === 'files' && <FileTable files={files} />}
    </>
  )
}

/** What its command left for others: the page, which opens offline, its figures and its films. */
function takenAway({ listed, files }: RunDetail): { name: string; url: string }[] {
  const first = listed.name.replaceAll('/', '-')
  return files
    .filter(({ name }) => name === 'index.html' || (/\.(png|svg|mp4)$/i.test(name) && !name.includes('/')))
    .sort((a, b) => Number(b.name === 'index.html') - Number(a.name === 'index.html'))
    .map(({ name, url }) => ({ name: name === 'index.html' ? `${first}.html` : name, url }))
}

/** Numbers and short lists of them; what is longer stands in result.json. */
function plainMetrics(metrics: Record<string, unknown> = {}): [string, string][] {
  const found: [string, string][] = []
  const walk = (value: unknown, name: string, depth: number) => {
    if (found.length > 400) return
    if (typeof value === 'number') found.push([name, brief(value)])
    else if (typeof value === 'string' || typeof value === 'boolean') found.push([name, String(value)])
    else if (Array.isArray(value) && value.every(one => typeof one === 'number'))
      found.push([
        name,
        value.length > 16
          ? `${value.slice(0, 16).map(brief).join(', ')} … (${value.length})`
          : value.map(brief).join(', '),
      ])
    else if (value && typeof value === 'object' && depth < 3)
      for (const [key, part] of Object.entries(value)) {
        const word = metricName(key)
        walk(part, name ? `${name}, ${word}` : word, depth + 1)
      }
  }
  walk(metrics, '', 0)
  return found
}
