// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TcmuRunner.Handlers.Rbd;

/// <summary>Hears when somebody changes an image's header: its size, its snapshots, its features.</summary>
internal sealed unsafe class ImageWatch : IDisposable
{
    private readonly Action _changed;
    private readonly nint _image;
    private readonly ulong _watch;
    private GCHandle _self;

    private ImageWatch(nint image, Action changed, out int result)
    {
        _image = image;
        _changed = changed;
        _self = GCHandle.Alloc(this);
        result = LibRbd.rbd_update_watch(image, out _watch, &Changed, (void*)GCHandle.ToIntPtr(_self));
        if (result < 0)
        {
            _self.Free();
        }
    }

    /// <summary>Begins to watch. Blocks.</summary>
    /// <param name="image">librbd's handle, open until the watch is disposed.</param>
    /// <param name="changed">Called on a thread of librbd's: must neither block nor throw.</param>
    /// <param name="result">Zero, or a negative errno.</param>
    /// <returns>Null where that failed.</returns>
    public static ImageWatch? TryStart(nint image, Action changed, out int result)
    {
        var watch = new ImageWatch(image, changed, out result);
        return result < 0 ? null : watch;
    }

    /// <summary>Waits for a call that runs, and ends. Not on a thread of librbd's. Safe to call twice.</summary>
    public void Dispose()
    {
        if (_self.IsAllocated)
        {
            // Fails for an image that is closed already, which nothing calls back any more either.
            _ = LibRbd.rbd_update_unwatch(_image, _watch);
            _self.Free();
        }
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void Changed(void* argument) => ((ImageWatch)GCHandle.FromIntPtr((nint)argument).Target!)._changed();
}
