/** A setting's title, and what there is to know of it. */
export type SettingText = readonly [title: string, help: string];

/** By dialect, and `any` for those that all have; then by the setting's name. */
export type SettingWords = Record<string, Record<string, SettingText>>;
