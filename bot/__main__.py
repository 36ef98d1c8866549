from bot.cli import process

process()
