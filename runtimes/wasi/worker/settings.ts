/** What a page says first to a worker, before any job. */
import type { LaneSettings } from '../lane/job.ts'

export interface SettingsMessage {
  readonly kind: 'settings'
  readonly settings: LaneSettings
}
