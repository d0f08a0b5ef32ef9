namespace RocketAspire.Store;

/// <summary>The store can't be opened or used; the message is one line for the user.</summary>
public class StoreException(string message, Exception? inner = null) : IOException(message, inner);

/// <summary>Another process (ours or Apache's) has the folder open.</summary>
public sealed class StoreLockedException(string rootDirectory)
    : StoreException($"The store folder {rootDirectory} is in use by another broker (lock file {Path.Combine(rootDirectory, "lock")}). Give each broker its own storePathRootDir.");

/// <summary>An fsync failed: what was appended since the last good one may be lost, and nothing more is reported as stored.</summary>
public sealed class StorePoisonedException(Exception? cause)
    : StoreException($"The log could not be synced to disk ({cause?.Message}); nothing more is stored until a restart.", cause);

/// <summary>The device has no room left.</summary>
public sealed class StorageFullException(string path, Exception? inner = null) : IOException($"No space left on the device of {path}.", inner);

/// <summary>Bytes from a master that can't be the continuation of this log.</summary>
public sealed class ReplicaStreamException(string message) : StoreException(message);
