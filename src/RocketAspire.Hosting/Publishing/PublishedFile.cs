namespace RocketAspire.Hosting.Publishing;

/// <summary>One file to write.</summary>
/// <param name="Path">Below the output folder, with forward slashes.</param>
/// <param name="Text">Its content; lines end with LF whatever the machine.</param>
/// <param name="IsExecutable">Whether it is a program.</param>
internal sealed record PublishedFile(string Path, string Text, bool IsExecutable = false);
