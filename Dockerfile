# The CPU image: webserver, daemon and code server are this image with another command.
FROM python:3.11-slim

RUN useradd --create-home app
WORKDIR /app

# Dependencies first: they change rarely, and this layer is the large one.
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY saetm/__init__.py saetm/__init__.py
COPY resources/__init__.py resources/__init__.py
COPY sensors/__init__.py sensors/__init__.py
COPY saetm_assets/__init__.py saetm_assets/__init__.py
RUN pip install --no-cache-dir --constraint constraints.txt --editable .

COPY . .

ENV SAETM_HOME=/home/app/saetm
USER app
EXPOSE 3000
CMD ["saetm", "ui", "--host", "0.0.0.0"]
