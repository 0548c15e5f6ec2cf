// SPDX-License-Identifier: Apache-2.0
using TcmuRunner.Abstractions;
using TcmuRunner.Tcmu.Front;

namespace TcmuRunner.Tcmu;

/// <content>What the control interfaces need: a configuration checked as a device's would be, and word of changes.</content>
public sealed partial class TcmuFront
{
    /// <summary>
    /// Says that <see cref="Devices"/> differs from before, be it in state, size or number. Raised on any thread, which it must not keep.
    /// </summary>
    public event Action? DevicesChanged;

    /// <summary>Checks a configuration string as the start of a device would, without opening anything. Any thread.</summary>
    /// <param name="text">The string, with the options that the daemon takes for itself.</param>
    /// <returns>Why it is refused, as a sentence; null when it is fine.</returns>
    public string? CheckConfiguration(string text)
    {
        if (!RunnerOptions.TryParse(text, out RunnerOptions? options, out string? reason))
        {
            return reason;
        }

        return _services.Catalog.TryGet(options.Configuration.Subtype, out IHandler? handler)
            ? handler.CheckConfiguration(options.Configuration).Reason
            : $"No handler for '{options.Configuration.Subtype}' is loaded.";
    }

    /// <summary>Asks the loop of each device that is served for a sign of life.</summary>
    /// <param name="limit">How long a loop may take.</param>
    /// <returns>How many were asked, and the names of the devices whose loops did not answer in time.</returns>
    public async Task<(int Count, IReadOnlyList<string> Silent)> AskLoopsAsync(TimeSpan limit)
    {
        (string Name, Task<bool> Answer)[] asked =
        [
            .. Controllers().Where(device => device.State == TcmuDeviceState.Serving)
                .Select(device => (device.DisplayName, device.AnswersAsync(limit))),
        ];
        await Task.WhenAll(asked.Select(device => device.Answer)).ConfigureAwait(false);
        return (asked.Length, [.. asked.Where(device => !device.Answer.Result).Select(device => device.Name)]);
    }

    /// <summary>The zones of a device. Any thread.</summary>
    /// <param name="configFsName">The device, as in <c>user_1/disk1</c>.</param>
    /// <returns>Null for a disk without zones, one that is not open, and where there is none of that name.</returns>
    public IZonedDevice? FindZones(string configFsName) =>
        Array.Find(Controllers(), controller => controller.Name.ConfigFsName == configFsName)?.Zones;

    /// <summary>The image that a device serves. Any thread.</summary>
    /// <param name="configFsName">The device, as in <c>user_1/disk1</c>.</param>
    /// <returns>Null for a disk that is in no image, one that is not open, and where there is none of that name.</returns>
    public IImage? FindImage(string configFsName) =>
        Array.Find(Controllers(), controller => controller.Name.ConfigFsName == configFsName)?.Image;

    private void NoteChange() => DevicesChanged?.Invoke();
}
