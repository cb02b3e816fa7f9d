"""A vision and language model of half a million parameters, made on the spot.

    python -m tests.vllm.tiny_llava FOLDER

Random weights, but for some steps that teach it to close its strings: an answer
under a schema whose model never writes a quotation mark ends at the limit of tokens.
"""

import json
import sys
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    CLIPImageProcessor,
    CLIPVisionConfig,
    LlamaConfig,
    LlavaConfig,
    LlavaForConditionalGeneration,
    LlavaProcessor,
    PreTrainedTokenizerFast,
)

from saetm.prompts.captions import build_caption_question
from saetm.prompts.summaries import TopicBrief, build_summary_question

IMAGE, BEGIN, END = "<image>", "<s>", "</s>"
TOKENS, STEPS, LEARNING_RATE = 1024, 200, 3e-3
SIDE, PATCH = 64, 16  # pixels
TEMPLATE = (
    "{% for message in messages %}{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for part in message.content %}{% if part.type == 'image' %}<image>"
    "{% else %}{{ part.text }}{% endif %}{% endfor %}{% endif %}\n{% endfor %}"
)
CAPTIONS = (
    "A red bench stands in a park.",
    "Two dogs run on a beach.",
    "A boat lies at a quay.",
    "Three cups stand on a table.",
)
LABELS = ("Park Benches", "Running Dogs", "Moored Boats", "Tea Cups")


def make(folder: Path) -> None:
    """Write the model, its tokeniser and its processor into a folder."""
    torch.manual_seed(0)  # noqa: TID251  transformers draws the weights and takes no generator
    tokenizer = learn_tokenizer()
    model = untaught(tokenizer)
    teach(model, tokenizer)
    images = CLIPImageProcessor(
        size={"shortest_edge": SIDE}, crop_size={"height": SIDE, "width": SIDE}
    )
    processor = LlavaProcessor(
        images,
        tokenizer,
        patch_size=PATCH,
        vision_feature_select_strategy="default",
        chat_template=TEMPLATE,
        num_additional_image_tokens=1,
    )
    processor.save_pretrained(folder)
    model.save_pretrained(folder)
    rename_weights(folder / "model.safetensors")


def rename_weights(path: Path) -> None:
    """Give the vision tower's weights the names that vLLM looks for."""
    weights = {
        name.replace("vision_tower.", "vision_tower.vision_model.")
        if "vision_model." not in name
        else name: value
        for name, value in load_file(path).items()
    }
    save_file(weights, path, metadata={"format": "pt"})


def lessons() -> list[tuple[str, str]]:
    """Return what is asked, and what may be answered."""
    caption = build_caption_question("factual").prompt
    lines = [(caption, json.dumps({"caption": said}, separators=(",", ":"))) for said in CAPTIONS]
    for label, said in zip(LABELS, CAPTIONS, strict=True):
        words = tuple(label.lower().split())
        brief = TopicBrief("t", tuple((word, 0.1) for word in words), words, (said,))
        answer = {"label": label, "description": said, "category": "concrete"}
        question = build_summary_question(brief).prompt
        lines.append((question, json.dumps(answer, separators=(",", ":"))))
    return lines


def learn_tokenizer() -> PreTrainedTokenizerFast:
    """Learn byte pairs from the lessons."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=TOKENS,
        special_tokens=[BEGIN, END, IMAGE],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator([part for lesson in lessons() for part in lesson], trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=BEGIN,
        eos_token=END,
        pad_token=END,
        extra_special_tokens={"image_token": IMAGE},
        chat_template=TEMPLATE,
    )


def untaught(tokenizer: PreTrainedTokenizerFast) -> LlavaForConditionalGeneration:
    """Build the model; vLLM's attention on processors wants heads of 64."""
    text = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=128,
        intermediate_size=256,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=64,
        max_position_embeddings=4096,
        bos_token_id=0,
        eos_token_id=1,
    )
    vision = CLIPVisionConfig(
        hidden_size=64,
        intermediate_size=128,
        num_hidden_layers=2,
        num_attention_heads=1,
        image_size=SIDE,
        patch_size=PATCH,
        projection_dim=64,
    )
    config = LlavaConfig(
        vision_config=vision,
        text_config=text,
        image_token_index=tokenizer.convert_tokens_to_ids(IMAGE),
        image_seq_length=(SIDE // PATCH) ** 2,
        vision_feature_layer=-1,
        architectures=["LlavaForConditionalGeneration"],
    )
    return LlavaForConditionalGeneration(config)


def teach(model: LlavaForConditionalGeneration, tokenizer: PreTrainedTokenizerFast) -> None:
    """Let the language part learn the lessons' answers by heart, more or less."""
    optimiser = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE)
    rows = [(tokenizer(f"{asked}\n")["input_ids"], said) for asked, said in lessons()]
    for step in range(STEPS):
        asked, said = rows[step % len(rows)]
        answer = [*tokenizer(said)["input_ids"], tokenizer.eos_token_id]
        tokens = torch.tensor([[*asked, *answer]])
        labels = torch.tensor([[*[-100] * len(asked), *answer]])
        loss = model(input_ids=tokens, labels=labels).loss
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    sys.stderr.write(f"loss {float(loss.detach()):.2f}\n")


if __name__ == "__main__":
    make(Path(sys.argv[1]))
