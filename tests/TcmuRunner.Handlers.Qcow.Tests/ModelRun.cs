// SPDX-License-Identifier: Apache-2.0
namespace TcmuRunner.Handlers.Qcow.Tests;

/// <summary>One sequence of random operations on an image and on its model.</summary>
/// <param name="path">The image.</param>
/// <param name="model">What the disk holds at first.</param>
/// <param name="seed">Decides everything.</param>
/// <param name="canGrow">Whether the disk may get larger.</param>
/// <param name="options">How to open the image.</param>
internal sealed class ModelRun(string path, byte[] model, int seed, bool canGrow = true, ImageOptions? options = null)
{
    private const int Steps = 60;
    private readonly Random _random = new(seed);
    private byte[] _model = model;

    /// <summary>What the disk holds.</summary>
    public byte[] Model => _model;

    public async Task RunAsync()
    {
        ImageLayer image = await Images.OpenAsync(path, options);
        try
        {
            for (int step = 0; step < Steps; step++)
            {
                image = await StepAsync(image);
            }

            await ExpectAsync(image, 0, _model.Length);
        }
        finally
        {
            await image.DisposeAsync();
        }
    }

    /// <summary>Lets qemu-img check the image and compare it with the model.</summary>
    public void Judge(string modelPath)
    {
        QemuImg.Check(path);
        File.WriteAllBytes(modelPath, _model);
        QemuImg.Run("compare", "-q", "-F", "raw", path, modelPath);
    }

    private async Task<ImageLayer> StepAsync(ImageLayer image)
    {
        (int offset, int length) = Range();
        switch (_random.Next(20))
        {
            case < 9:
                byte[] data = new byte[length];
                _random.NextBytes(data);
                data.CopyTo(_model, offset);
                await image.WriteAsync(offset, data, _random.Next(8) == 0 ? WriteOptions.ForceUnitAccess : WriteOptions.None);
                break;
            case < 13:
                await ExpectAsync(image, offset, length);
                break;
            case < 15:
                await image.ZeroAsync(offset, length, mayUnmap: image.CanUnmap);
                _model.AsSpan(offset, length).Clear();
                break;
            case < 16:
                await image.ZeroAsync(offset, length, mayUnmap: false);
                _model.AsSpan(offset, length).Clear();
                break;
            case < 18:
                await image.FlushAsync();
                break;
            case < 19:
                await image.DisposeAsync();
                image = await Images.OpenAsync(path, options);
                break;
            default:
                await GrowAsync(image);
                break;
        }

        return image;
    }

    private async Task GrowAsync(ImageLayer image)
    {
        if (!canGrow || image is Qcow1Image || _model.Length > 16 << 20)
        {
            return;
        }

        int size = _model.Length + (_random.Next(1, _random.Next(4) == 0 ? 4000 : 64) * 512);
        await image.GrowAsync(size, CancellationToken.None);
        Array.Resize(ref _model, size);
    }

    private async Task ExpectAsync(ImageLayer image, int offset, int length)
    {
        byte[] actual = await image.ReadAsync(offset, length);
        int same = actual.AsSpan().CommonPrefixLength(_model.AsSpan(offset, length));
        Assert.True(same == length, $"Seed {seed}: byte {offset + same} of {offset}+{length} is {(same < length ? actual[same] : 0)} and should be {(same < length ? _model[offset + same] : 0)}.");
    }

    private (int Offset, int Length) Range()
    {
        int sectors = _model.Length / 512;
        int longest = _random.Next(4) switch { 0 => 1, 1 => 16, 2 => 300, _ => 1200 };
        int length = 1 + _random.Next(Math.Min(longest, sectors));
        int offset = _random.Next(sectors - length + 1);
        if (_random.Next(3) == 0)
        {
            // Whole clusters are met seldom by chance.
            offset &= -128;
            length = Math.Min((length + 127) & -128, sectors - offset);
        }

        return (offset * 512, length * 512);
    }
}
