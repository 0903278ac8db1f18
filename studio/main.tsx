/** The studio: one page over runs, data, lenses and jobs. It starts here. */
import './styles/tokens.css'
import './styles/base.css'
import './styles/parts.css'
import './styles/views.css'
import { render } from 'preact'
import { App } from './app.tsx'
import { openEvents } from './events.ts'
import { watchMissingImages } from './missing-images.ts'
import { applyTheme } from './theme.ts'

applyTheme()
openEvents()
watchMissingImages()
render(<App />, document.getElementById('app')!)
