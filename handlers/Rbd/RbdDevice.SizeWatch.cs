// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;

namespace TcmuRunner.Handlers.Rbd;

/// <content>Notices <c>rbd resize</c>.</content>
internal sealed partial class RbdDevice
{
    private readonly SemaphoreSlim _sizing = new(1, 1);
    private ISizeObserver? _sizeObserver;

    // The image's size as it was last known: other changes of its header concern nobody here.
    private long _imageBytes;

    /// <summary>Begins to watch. The first look finds what was changed since the image was opened.</summary>
    public void Attach(ISizeObserver observer)
    {
        _sizeObserver = observer;
        Watch(_image);
    }

    private void Watch(RbdImage image)
    {
        if (_sizeObserver is not null && !_configuration.IsReadOnly)
        {
            int result = image.Watch(() => LookAtSizeInBackground(image));
            if (result < 0)
            {
                Log.CannotWatch(_logger, _name, _configuration.Specification, -result);
            }

            LookAtSizeInBackground(image);
        }
    }

    // An image that is closing lets nobody in, and closing waits for those that are.
    private void LookAtSizeInBackground(RbdImage image)
    {
        if (image.TryEnter())
        {
            _ = LookAtSizeAsync(image);
        }
    }

    private async Task LookAtSizeAsync(RbdImage image)
    {
        try
        {
            await _sizing.WaitAsync().ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
            try
            {
                (int result, long imageBytes) = await BlockingCall.RunAsync(() => (image.GetSize(out long bytes), bytes)).ConfigureAwait(false);
                if (result < 0)
                {
                    Log.CannotLookAtSize(_logger, _name, _configuration.Specification, -result);
                }
                else
                {
                    TakeOver(imageBytes);
                }
            }
            finally
            {
                _sizing.Release();
            }
        }
        finally
        {
            image.Exit();
        }
    }

    // Under _sizing.
    private void TakeOver(long imageBytes)
    {
        long wholeBlocks = imageBytes - (imageBytes % _blockSizeBytes);
        if (imageBytes == _imageBytes)
        {
            return;
        }

        Log.Resized(_logger, _name, _configuration.Specification, _imageBytes, imageBytes);
        _imageBytes = imageBytes;
        if (wholeBlocks > 0 && wholeBlocks != Characteristics.SizeBytes)
        {
            Characteristics = Characteristics with { SizeBytes = wholeBlocks };
            _sizeObserver!.SizeChanged();
        }
    }
}
