// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Scsi;

/// <summary>Keeps state of one logical unit over a restart of the daemon. The content is the engine's.</summary>
/// <remarks>Called on control threads, one call at a time; may block.</remarks>
public interface IUnitStateStore
{
    /// <summary>Where it is, for messages.</summary>
    string Location { get; }

    /// <summary>Reads what was saved last.</summary>
    /// <returns>Null when nothing was saved, or was removed since.</returns>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The daemon may not read it.</exception>
    byte[]? Load();

    /// <summary>Replaces what was saved, all or nothing. On stable storage when the call returns.</summary>
    /// <exception cref="IOException">It cannot be written; the old content is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">The daemon may not write it; the old content is still there.</exception>
    void Save(ReadOnlySpan<byte> content);

    /// <summary>Removes what was saved; nothing happens where there is nothing.</summary>
    /// <exception cref="IOException">It cannot be removed.</exception>
    /// <exception cref="UnauthorizedAccessException">The daemon may not remove it.</exception>
    void Remove();
}
