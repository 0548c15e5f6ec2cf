// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Io;

namespace TcmuRunner.TestKit.Conformance;

/// <summary>
/// A handler under test, with a backing store of its own that nobody else uses. The author of a handler derives one class and runs every rule
/// of <see cref="HandlerConformance"/> against a fresh instance.
/// </summary>
public abstract class ConformanceSubject : IAsyncDisposable
{
    /// <summary>Makes the handler.</summary>
    public abstract IHandler CreateHandler();

    /// <summary>A configuration string that opens a writable device of <see cref="SizeBytes"/>; its backing store may hold anything, or not exist yet.</summary>
    public abstract string Configuration { get; }

    /// <summary>A configuration string with a backing store of its own beside <see cref="Configuration"/>'s; null where there can be only one.</summary>
    public virtual string? OtherConfiguration => null;

    /// <summary>Configuration strings of the right subtype that the check must refuse; at least one.</summary>
    public abstract IReadOnlyList<string> InvalidConfigurations { get; }

    /// <summary>Configuration strings that pass the check and cannot be opened.</summary>
    public virtual IReadOnlyList<string> UnopenableConfigurations => [];

    /// <summary>Size of the device in bytes; by default a little over 4 MiB, in blocks of both sizes, and no round number.</summary>
    public virtual long SizeBytes => (4L << 20) + (3 * 4096);

    /// <summary>Logical block size in bytes; by default 512.</summary>
    public virtual int BlockSizeBytes => 512;

    /// <summary>Whether data are still there when the device is closed and opened again; by default true.</summary>
    public virtual bool KeepsData => true;

    /// <summary>Longest time that an operation may take; by default a minute, which only a hanging one does.</summary>
    public virtual TimeSpan Limit => TimeSpan.FromMinutes(1);

    /// <summary>The files lent to the handler; by default none can be opened.</summary>
    public virtual IAsyncFileSystem Files { get; } = new NoFiles();

    /// <summary>The loop that calls the device, or null, the default, to call it from the test's own threads. Owned by the subject.</summary>
    public virtual IoLoop? Loop => null;

    /// <summary>Describes everything outside that a side effect would show in, for instance a directory with the sizes of its files.</summary>
    public virtual string DescribeSurroundings() => string.Empty;

    /// <summary>Removes the backing store.</summary>
    public virtual ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        return ValueTask.CompletedTask;
    }

    private sealed class NoFiles : IAsyncFileSystem
    {
        public AsyncFile Open(string path, AsyncFileOptions options) =>
            throw new HandlerException(HandlerErrorKind.NotFound, $"'{path}': this subject lends no files; override {nameof(Files)}.");
    }
}
