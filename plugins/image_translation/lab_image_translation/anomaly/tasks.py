"""The tasks of anomaly detection."""

from lab_core.task import Task


def tasks() -> list[Task]:
    """Every task of this group."""
    return [
        Task(
            id="anomaly-mnist",
            title="The digit that an autoencoder has never seen",
            family="image translation",
            method="autoencoder-error",
            benchmark="anomaly/{data}-{anomaly}",
            trainer="lab_image_translation.anomaly.detector:AnomalyTrainer",
            model="lab_image_translation.anomaly.detector:AnomalyModel",
            config="lab_image_translation.anomaly.config:AnomalyConfig",
            settings={"data": "mnist"},
            presets={
                "smoke": {
                    "steps": 4,
                    "batch_size": 8,
                    "width": 4,
                    "updates_per_slice": 2,
                    "media_every": 4,
                    "media_count": 2,
                    "limit": 200,
                },
                "default": {"steps": 2_500, "batch_size": 128, "learning_rate": 3e-3, "schedule": "cosine"},
            },
            step_unit="updates",
            max_devices=8,
            precisions=("float32", "bfloat16"),
            source="Keras and TensorFlow book, chapter 8",
            tags=("images", "anomaly"),
        )
    ]
