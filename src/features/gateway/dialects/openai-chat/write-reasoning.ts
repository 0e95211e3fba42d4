import type { Conversation, Effort, Reasoning } from '#features/gateway/conversation/conversation';
import type { Losses } from '#features/gateway/conversation/losses';
import type { Stated } from '#features/gateway/conversation/part';
import { budgetOfEffort, effortOfBudget, nearestEffort } from '#features/gateway/conversation/reasoning-effort';
import type { JsonObject } from '#foundation/json';
import type { Accent } from './accents.ts';
import type { Writing } from './writing.ts';

export type WrittenReasoning = {
  readonly members: JsonObject;
  /** Whether the model will reason, as far as that is known; models that do take fewer settings. */
  readonly isOn: boolean;
};

/** How the model is asked to reason, in the upstream's accent. */
export function writeReasoning(conversation: Conversation, writing: Writing): WrittenReasoning {
  const { accent, traits, losses } = writing;
  if (accent.reasoning === 'effort') return writeEffort(conversation, writing);
  const { reasoning } = conversation;
  if (reasoning === null) return { members: {}, isOn: traits.reasons === true };
  const members = ACCENTED[accent.reasoning](askedOf(reasoning), writing.to.model.toLowerCase(), losses);
  return { members, isOn: !isOff(reasoning.value) };
}

export function hasFunctions({ tools }: Conversation): boolean {
  return tools.some((tool) => tool.type === 'function');
}

function isOff({ mode, effort }: Reasoning): boolean {
  return mode === 'off' || effort === 'none';
}

/** `reasoning_effort`, in the words that the model has. */
function writeEffort(conversation: Conversation, { accent, traits, losses }: Writing): WrittenReasoning {
  const { reasoning } = conversation;
  const asked = reasoning === null ? null : askedOf(reasoning);
  if (traits.functionsForbidReasoning && hasFunctions(conversation)) {
    if (asked !== null && asked.effort !== 'none') losses.change(asked.at);
    return { members: { reasoning_effort: 'none' }, isOn: false };
  }
  const isOnByDefault = traits.reasons === true && traits.effortByDefault !== 'none';
  if (asked === null) return { members: {}, isOn: isOnByDefault };
  if (traits.efforts.length === 0) {
    if (asked.effort !== 'none') losses.drop(asked.at);
    return { members: {}, isOn: isOnByDefault };
  }
  // A model that nobody knows may not know the word either, and does not reason unless it was asked to.
  if (traits.reasons === null && asked.effort === 'none') return { members: {}, isOn: false };
  if (accent.tokenLimit === 'max_completion_tokens' && asked.wantsToSee && accent.replay === null) {
    losses.drop(`${asked.at}.display`);
  }
  const wanted = asked.effort ?? (traits.effortByDefault === 'none' ? 'medium' : null);
  if (wanted === null) return { members: {}, isOn: isOnByDefault };
  const effort = nearest(wanted, traits.efforts, asked, losses);
  return { members: { reasoning_effort: effort }, isOn: effort !== 'none' };
}

/** What a client asked for, with a budget as the word that covers it. */
type Asked = {
  readonly at: string;
  /** Null where the client leaves it to the model. */
  readonly effort: Effort | null;
  readonly budgetTokens: number | null;
  readonly isWord: boolean;
  readonly display: Reasoning['display'];
  readonly wantsToSee: boolean;
};

function askedOf({ value, at }: Stated<Reasoning>): Asked {
  const { effort, budgetTokens, display } = value;
  const word = effort ?? (budgetTokens === null ? null : effortOfBudget(budgetTokens));
  return {
    at,
    effort: isOff(value) ? 'none' : word,
    budgetTokens,
    isWord: isOff(value) || effort !== null,
    display,
    wantsToSee: display === 'full' || display === 'summarized',
  };
}

/** The nearest word that there is; tells when it is not what was asked for. */
function nearest(wanted: Effort, among: readonly Effort[], asked: Asked, losses: Losses): Effort {
  const effort = nearestEffort(wanted, among) ?? wanted;
  if (effort !== wanted || !asked.isWord) losses.change(asked.at);
  return effort;
}

const THREE: readonly Effort[] = ['low', 'medium', 'high'];

type AccentedReasoning = (asked: Asked, model: string, losses: Losses) => JsonObject;

const ACCENTED: Readonly<Record<Exclude<Accent['reasoning'], 'effort'>, AccentedReasoning>> = {
  /** https://openrouter.ai/docs/use-cases/reasoning-tokens */
  openrouter(asked, _model, losses) {
    const exclude = asked.display === 'omitted' ? { exclude: true } : {};
    if (asked.effort === null) return { reasoning: { enabled: true, ...exclude } };
    if (!asked.isWord) return { reasoning: { max_tokens: asked.budgetTokens, ...exclude } };
    const effort = nearest(asked.effort, ['none', 'minimal', ...THREE, 'xhigh'], asked, losses);
    return { reasoning: { effort, ...exclude } };
  },

  /** https://api-docs.deepseek.com/guides/thinking_mode */
  deepseek(asked, _model, losses) {
    if (asked.effort === 'none') return { thinking: { type: 'disabled' } };
    const thinking = { type: 'enabled' };
    if (asked.effort === null) return { thinking };
    return { thinking, reasoning_effort: nearest(asked.effort, ['low', 'high', 'max'], asked, losses) };
  },

  /** https://platform.kimi.ai/docs/api/models-overview: K3 has efforts, K2 a switch, and 2.7 not even that. */
  kimi(asked, model, losses) {
    const isOffWanted = asked.effort === 'none';
    if (/^kimi-k[3-9]/.test(model)) {
      if (asked.effort === null) return {};
      return { reasoning_effort: nearest(asked.effort, ['low', 'high', 'max'], asked, losses) };
    }
    if (!/^kimi-k2\.[5-9]/.test(model)) {
      if (!isOffWanted) losses.drop(asked.at);
      return {};
    }
    const isFixed = model.startsWith('kimi-k2.7');
    if ((isFixed && isOffWanted) || (!isOffWanted && asked.effort !== null)) losses.change(asked.at);
    return isFixed ? {} : { thinking: { type: isOffWanted ? 'disabled' : 'enabled' } };
  },

  /** https://help.aliyun.com/en/model-studio/deep-thinking: a switch, and a budget. */
  qwen(asked, _model, losses) {
    if (asked.effort === 'none') return { enable_thinking: false };
    if (asked.effort === null) return { enable_thinking: true };
    if (asked.budgetTokens === null) losses.change(asked.at);
    return { enable_thinking: true, thinking_budget: asked.budgetTokens ?? budgetOfEffort(asked.effort) };
  },

  /** https://docs.mistral.ai/studio-api/conversations/reasoning: some can be told, Magistral always reasons. */
  mistral(asked, model, losses) {
    if (/^mistral-(small|medium)/.test(model)) {
      const effort = asked.effort === null ? 'high' : nearest(asked.effort, ['none', 'high'], asked, losses);
      return { reasoning_effort: effort };
    }
    const isAlwaysOn = model.startsWith('magistral');
    if (isAlwaysOn && (asked.effort === 'none' || asked.effort !== null)) losses.change(asked.at);
    if (!isAlwaysOn && asked.effort !== 'none') losses.drop(asked.at);
    return {};
  },

  /** https://console.groq.com/docs/reasoning: three words with gpt-oss, on and off with Qwen. */
  groq(asked, model, losses) {
    if (model.includes('gpt-oss')) {
      return asked.effort === null ? {} : { reasoning_effort: nearest(asked.effort, THREE, asked, losses) };
    }
    if (model.includes('qwen')) {
      if (asked.effort !== null && asked.effort !== 'none') losses.change(asked.at);
      return { reasoning_effort: asked.effort === 'none' ? 'none' : 'default' };
    }
    if (asked.effort !== 'none') losses.drop(asked.at);
    return {};
  },
};
